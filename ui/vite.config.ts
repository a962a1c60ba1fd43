import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const API = process.env["TICKRING_API"] ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/tickring/api/static",
    emptyOutDir: true,
    license: { fileName: "licenses.md" },
    assetsInlineLimit: 0, // the content security policy of the api knows no data: scripts or styles
    chunkSizeWarningLimit: 700,
    sourcemap: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": API,
      "/diagnostics": API,
      "/ws": { target: API, ws: true },
    },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
  },
});
