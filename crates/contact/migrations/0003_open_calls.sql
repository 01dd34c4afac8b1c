drop index contact_calls_queue;
create index contact_calls_queue on contact_calls (state, escalated, sort_at, id) where state <> 'closed';
drop index contact_calls_closed;
create index contact_calls_closed on contact_calls (closed_at) where closed_at is not null;
drop index contact_calls_first;
create index contact_calls_first on contact_calls (first_attempt_at) where first_attempt_at is not null;
