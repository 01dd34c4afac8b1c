// What the incidents say, in English: the source of the keys.
export const en = {
  'title': 'Incidents',
  'about': 'About',
  'order': 'Order',
  'where': 'Where',
  'what': 'What went wrong',
  'since': 'Since',
  'do': 'What to do',
  'retry': 'Try again',
  'skip': 'Skip the step',
  'end': 'End the procedure',
  'retry.text': 'The step is done again, under the same key: it is never done twice.',
  'skip.text': 'The procedure goes on as if the step had been done. Do this only when it was done by hand.',
  'end.text': 'The procedure ends here. The order stays as it is.',
  'resolved': 'The procedure goes on',
  'empty': 'Every procedure goes its way',
  'empty.text': 'When a service refuses a step, or fails too often, it is shown here.',
};
