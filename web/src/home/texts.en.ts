// What the home page says, in English: the source of the keys.
export const en = {
  'title': 'Today',
  'contact': 'Orders to confirm',
  'picking': 'Orders to pick',
  'orders': 'All orders',
  'nothing': 'Nothing waits for you here',
  'nothing.text': 'Your role has no workspace yet.',
};
