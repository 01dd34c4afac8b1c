create index processes_inbox_begins on processes_inbox (heard_at, instance) where begins and name <> '';
