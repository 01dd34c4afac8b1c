// What several staff pages show of a person: their state, and their roles in a line.
import type { Schemas } from '../api/client.ts';
import { Status } from '../kit/Status.tsx';
import { useSiteName } from '../session/sites.ts';
import { useStaffTexts } from './texts.ts';

export type Person = Schemas['PersonView'];
export type RoleAt = Schemas['RoleAt'];
export const ROLES = [
  'agent',
  'supervisor',
  'clerk',
  'driver',
  'merchandiser',
  'finance',
  'manager',
  'admin',
] as const satisfies readonly RoleAt['role'][];

export function PersonStatus({ of }: { of: Person }) {
  const t = useStaffTexts();
  if (of.erased) return <Status tone="neutral">{t('state.erased')}</Status>;
  return <Status tone={of.active ? 'good' : 'bad'}>{t(of.active ? 'state.active' : 'state.blocked')}</Status>;
}

/** Roles with their sites: `Clerk (Kyiv, Lviv), Driver`. */
export function useRolesText(): (roles: readonly RoleAt[]) => string {
  const t = useStaffTexts();
  const siteName = useSiteName();
  return (roles) => {
    if (roles.length === 0) return t('none');
    const text = ({ role, sites }: RoleAt) =>
      sites == null ? t(`role.${role}`) : `${t(`role.${role}`)} (${sites.map(siteName).join(', ')})`;
    return roles.map(text).join(', ');
  };
}
