create index notices_messages_recipient on notices_messages (lower(recipient));
