// Two entries: the back office (index.html) and the shopper's page (shop.html). In development the real binary answers /api.
import react from '@vitejs/plugin-react';
import { defineConfig, type PreviewServer, type ViteDevServer } from 'vite';

const backend = process.env['BACKROOM_URL'] ?? 'http://127.0.0.1:8800';

/** As the gateway does it: /shop and below is the shopper's page. */
function shopPage({ middlewares }: ViteDevServer | PreviewServer): void {
  middlewares.use((request, _reply, next) => {
    if (/^\/shop(\/|\?|$)/.test(request.url ?? '')) request.url = '/shop.html';
    next();
  });
}

export default defineConfig({
  plugins: [react(), { name: 'shop-page', configureServer: shopPage, configurePreviewServer: shopPage }],
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
