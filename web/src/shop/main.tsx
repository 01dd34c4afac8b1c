// The shopper's page: its own small entry, without the back office's component library.
import '../ui/tokens.css';
import '../ui/base.css';

import { createRoot } from 'react-dom/client';

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no #root');
createRoot(place).render(<p>Shop</p>);
