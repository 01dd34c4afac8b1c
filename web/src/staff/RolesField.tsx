// Which roles somebody has, each everywhere or at some sites.
import { Checkbox, MultiSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sitesQuery } from '../session/sites.ts';
import { ROLES, type RoleAt } from './person.tsx';
import { useStaffTexts } from './texts.ts';

export function RolesField({ value, onChange }: { value: readonly RoleAt[]; onChange: (roles: RoleAt[]) => void }) {
  const t = useStaffTexts();
  const sites = useQuery(sitesQuery);
  const options = (sites.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const set = (role: RoleAt['role'], next: RoleAt | undefined) =>
    onChange(
      ROLES.flatMap((each) => {
        const one = each === role ? next : value.find((given) => given.role === each);
        return one === undefined ? [] : [one];
      }),
    );
  return (
    <Stack gap="sm" component="fieldset" p={0} m={0} style={{ border: 0 }}>
      <legend>{t('roles')}</legend>
      {ROLES.map((role) => {
        const given = value.find((each) => each.role === role);
        return (
          <div key={role}>
            <Checkbox
              label={t(`role.${role}`)}
              description={t(`does.${role}`)}
              styles={{ description: { paddingInlineStart: 'var(--space-3)' } }}
              checked={given !== undefined}
              onChange={(event) => set(role, event.currentTarget.checked ? { role } : undefined)}
            />
            {given !== undefined && role !== 'admin' && (
              <MultiSelect
                mt={4}
                ml={32}
                aria-label={`${t(`role.${role}`)}: ${t('at')}`}
                placeholder={given.sites === undefined ? t('at.choose') : ''}
                data={options}
                value={given.sites ?? []}
                searchable
                openOnFocus={false}
                clearable
                onChange={(chosen) => set(role, chosen.length === 0 ? { role } : { role, sites: chosen })}
              />
            )}
          </div>
        );
      })}
    </Stack>
  );
}
