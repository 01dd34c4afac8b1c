// What the customers pages says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Клієнти',
  'search': 'Ім’я, телефон або пошта',
  'name': 'Ім’я',
  'phone': 'Телефон',
  'email': 'Ел. пошта',
  'orders': 'Замовлення',
  'tags': 'Мітки',
  'empty': 'Клієнтів ще немає',
  'empty.text': 'Хто замовить, з’явиться тут сам.',
  'back': 'Клієнти',
  'contact': 'Контакт',
  'language': 'Мова',
  'addresses': 'Адреси',
  'notes': 'Нотатки',
  'notes.none': 'Нотаток немає',
  'advertise': 'Реклама',
  'advertise.yes': 'згоден',
  'advertise.no': 'без згоди',
  'since': 'Клієнт із',
  'no-orders': 'Замовлень ще немає',
  'erased': 'Стерто',
  'blocked': 'Заблоковано',
  'active': 'Активний',
};
