// What the incidents say, in Ukrainian.
import type { Same } from '../texts/catalogue.ts';
import type { en } from './texts.en.ts';

export const uk: Same<typeof en> = {
  'title': 'Інциденти',
  'about': 'Про що',
  'order': 'Замовлення',
  'where': 'Де',
  'what': 'Що сталося',
  'since': 'Відколи',
  'do': 'Що робити',
  'retry': 'Спробувати ще',
  'skip': 'Пропустити крок',
  'end': 'Завершити процедуру',
  'retry.text': 'Крок буде виконано ще раз із тим самим ключем: двічі він не станеться.',
  'skip.text': 'Процедура піде далі, ніби крок виконано. Лише якщо його зроблено вручну.',
  'end.text': 'Процедура завершиться тут. Замовлення лишиться як є.',
  'retry.done': 'Процедура йде далі',
  'skip.done': 'Крок пропущено, процедура йде далі',
  'end.done': 'Процедуру завершено',
  'incident': 'Інцидент',
  'procedure': 'Процедура',
  'explained': 'Що це означає',
  'troubles': 'Сервіси, яким щось заважає',
  'silent': 'Жоден процес не відповідає за: {names}',
  'trouble.event': '{service} не може прийняти «{name}» від {source}',
  'trouble.job': '{service}: робота «{name}» для {entity} не доходить до кінця',
  'trouble.attempts': {
    one: 'не вдалося {n} раз',
    few: 'не вдалося {n} рази',
    many: 'не вдалося {n} разів',
    other: 'не вдалося {n} разу',
  },
  'trouble.since': 'уперше',
  'trouble.skip': 'Пропустити подію',
  'trouble.skip.text':
    '{service} ніколи не дізнається про цю подію і піде далі. Те, що мало статися, доведеться зробити вручну.',
  'trouble.reason': 'Чому',
  'trouble.tried': 'Пробуємо ще раз',
  'trouble.skipped': 'Подію пропущено',
  'empty': 'Усі процедури йдуть як слід',
  'empty.text': 'Коли сервіс відмовить у кроці або надто часто не відповідає, це з’явиться тут.',
};
