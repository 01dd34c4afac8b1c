// What the home page says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Сьогодні',
  'contact': 'Замовлення на підтвердження',
  'picking': 'Замовлення на збирання',
  'orders': 'Усі замовлення',
  'nothing': 'Тут вас нічого не чекає',
  'nothing.text': 'Для вашої ролі ще немає робочого місця.',
};
