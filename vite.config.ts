import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env.TONGGUAN_API ?? 'http://127.0.0.1:7300';

export default defineConfig({
  root: 'web',
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // Banks run browsers some years old: colours are written with light-dark() and lowered for these.
    target: ['chrome100', 'edge100', 'firefox104', 'safari15.6'],
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
  },
  server: {
    host: '127.0.0.1',
    port: 7301,
    // Our own sources lie under /api too (web/api/*.ts): those are not the server's.
    // They keep the host that the browser asked: the server refuses writes whose origin is another.
    proxy: {
      '^/api/(?!.*\\.ts(\\?|$))': { target: server, changeOrigin: false },
      '/healthz': { target: server, changeOrigin: false },
    },
  },
});
