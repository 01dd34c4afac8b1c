drop index contact_calls_state;
create index contact_calls_queue on contact_calls (state, escalated, sort_at, id);
