alter table staff_companies add column country text;
