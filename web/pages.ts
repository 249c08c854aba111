/** How a page is built: each app becomes plain files that a daemon serves without inline code. */
import { defineConfig, type UserConfig } from "vite";

/** The folder on disk that stands at `path` from here; a space in its name stays a space. */
const folder = (path: string): string => decodeURIComponent(new URL(path, import.meta.url).pathname);

/** The build of the app in `web/<app>`; its files go to `outDir`, the package data of a daemon. */
export function page(app: string, outDir: string): UserConfig {
  return defineConfig({
    root: folder(`./${app}/`),
    publicDir: folder("./shared/public/"),
    base: "/",
    build: {
      outDir: folder(outDir),
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
