drop index notices_messages_order;
