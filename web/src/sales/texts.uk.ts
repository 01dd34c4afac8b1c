// What the sales page says, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Продажі',
  'from': 'Від',
  'to': 'До',
  'site': 'Місце',
  'site.all': 'Усі місця',
  'by': 'Розрізняти за',
  'by.category': 'Категорія',
  'by.product': 'Товар',
  'by.site': 'Місце',
  'by.day': 'День',
  'by.week': 'Тиждень',
  'week.of': 'Тиждень від {day}',
  'all': 'Усі категорії',
  'value': 'Вартість',
  'units': 'Одиниць',
  'lines': 'Рядків',
  'share': 'Частка',
  'against': {
    one: '{change} проти попереднього дня',
    few: '{change} проти попередніх {n} днів',
    many: '{change} проти попередніх {n} днів',
    other: '{change} проти попередніх {n} днів',
  },
  'export': 'Експорт CSV',
  'order': 'Перший день пізніший за останній',
  'long': 'Не більше трьох років за раз',
  'empty': 'Нічого не продано',
  'empty.text': 'Товар рахується, коли він вибув. Виберіть інші дні або інше місце.',
  'days.choose': 'Виберіть перший і останній день',
  'first': 'Перші {n} за вартістю: звузьте вибір, щоб побачити інші. Суми — за всіма.',
};
