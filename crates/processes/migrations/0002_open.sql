drop index processes_tasks_state;
create index processes_tasks_open on processes_tasks (id) where state = 'open';
drop index processes_tasks_key;
drop index processes_instances_state;
create index processes_instances_open on processes_instances (id) where state = 'open';
