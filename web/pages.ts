/** How pages are built: each becomes plain files that a daemon serves without inline code. */
import { defineConfig, type UserConfig } from "vite";

/** The folder on disk that stands at `path` from here; a space in its name stays a space. */
const folder = (path: string): string => decodeURIComponent(new URL(path, import.meta.url).pathname);

/**
 * The build of the HTML files `names` in `web/<place>`; what they share becomes chunks of their
 * own. The files go to `outDir`, the package data of a daemon.
 */
export function pages(place: string, names: readonly string[], outDir: string): UserConfig {
  const root = folder(`./${place}/`);
  return defineConfig({
    root,
    publicDir: folder("./shared/public/"),
    base: "/",
    server: { fs: { allow: [folder("./")] } },
    build: {
      outDir: folder(outDir),
      emptyOutDir: true,
      target: "es2022",
      rollupOptions: { input: names.map((name) => root + name) },
      // Inlined assets would need data: in the content security policy; the polyfill an inline script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      reportCompressedSize: false,
    },
  }) as UserConfig;
}
