// Two entries: the back office (index.html) and the shopper's page (shop.html). In development the real binary answers /api.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const backend = process.env['BACKROOM_URL'] ?? 'http://127.0.0.1:8800';

export default defineConfig({
  plugins: [
    react(),
    {
      // As the gateway does it: /shop… is the shopper's page.
      name: 'shop-page',
      configureServer(server) {
        server.middlewares.use((request, _reply, next) => {
          if (/^\/shop(\/|\?|$)/.test(request.url ?? '')) request.url = '/shop.html';
          next();
        });
      },
    },
  ],
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': backend, '/problems': backend } },
  build: {
    target: 'es2022',
    manifest: true,
    // The built files are embedded in the binary; maps would double them.
    sourcemap: false,
    chunkSizeWarningLimit: 1000,
    rollupOptions: { input: { index: 'index.html', shop: 'shop.html' } },
  },
});
