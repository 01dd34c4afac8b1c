// The ways between people, sites and API keys.
import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { paths } from '../paths.ts';
import { useMay } from '../session/session.ts';
import { useStaffTexts } from './texts.ts';

export function StaffNav({ here }: { here: 'people' | 'sites' | 'sign-ins' | 'keys' }) {
  const t = useStaffTexts();
  const may = useMay();
  const navigate = useNavigate();
  const to = { 'people': paths.staff, 'sites': paths.sites, 'sign-ins': paths.signIns, 'keys': paths.keys };
  const needs = { 'people': 'staff.read', 'sites': 'staff.read', 'sign-ins': 'staff.edit', 'keys': 'gateway.keys' };
  const shown = (['people', 'sites', 'sign-ins', 'keys'] as const).filter((each) => may(needs[each]));
  return (
    <Tabs
      value={here}
      onChange={(value) => {
        const next = shown.find((each) => each === value);
        if (next !== undefined) void navigate({ to: to[next] });
      }}
    >
      <Tabs.List>
        {shown.map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(each)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
