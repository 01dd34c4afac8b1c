// What is said of who did something, in English.
export const en = {
  'guest': 'the customer',
  'service': 'the system',
};
