/** How a page is built: each app becomes plain files that a daemon serves without inline code. */
import { defineConfig, type UserConfig } from "vite";

/** The build of the app in `web/<app>`; its files go to `outDir`, the package data of a daemon. */
export function page(app: string, outDir: string): UserConfig {
  return defineConfig({
    root: new URL(`./${app}/`, import.meta.url).pathname,
    publicDir: new URL("./shared/public/", import.meta.url).pathname,
    base: "/",
    build: {
      outDir: new URL(outDir, import.meta.url).pathname,
      emptyOutDir: true,
      target: "es2022",
      // Inlined assets would need data: in the content security policy; the polyfill an inline script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      reportCompressedSize: false,
    },
  }) as UserConfig;
}
