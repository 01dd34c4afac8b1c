// The workspaces: where each is, which permission opens it, and who starts there.
import {
  ClipboardList,
  FileText,
  House,
  MessageSquare,
  PackageCheck,
  PhoneCall,
  Users,
  Warehouse,
  type LucideIcon,
} from 'lucide-react';
import { paths } from '../paths.ts';
import type { Me, RoleName } from '../session/session.ts';

export interface Workspace {
  name: 'home' | 'contact' | 'picking' | 'orders' | 'stock' | 'invoices' | 'customers' | 'messages';
  path: string;
  icon: LucideIcon;
  /** Who holds it sees the workspace; absent: everybody. */
  permission?: string;
  /** What it shows is of the site that is chosen in the shell's header. */
  isOfSite?: boolean;
}

export const WORKSPACES: readonly Workspace[] = [
  { name: 'home', path: paths.home, icon: House },
  { name: 'contact', path: paths.contact, icon: PhoneCall, permission: 'contact.work' },
  { name: 'picking', path: paths.picking, icon: PackageCheck, permission: 'inventory.pick' },
  { name: 'orders', path: paths.orders, icon: ClipboardList, permission: 'orders.read' },
  { name: 'stock', path: paths.stock, icon: Warehouse, permission: 'inventory.read', isOfSite: true },
  { name: 'customers', path: paths.customers, icon: Users, permission: 'customers.read' },
  { name: 'invoices', path: paths.invoices, icon: FileText, permission: 'finance.read' },
  { name: 'messages', path: paths.messages, icon: MessageSquare, permission: 'notices.read' },
];

const STARTS: Partial<Record<RoleName, string>> = {
  agent: paths.contact,
  supervisor: paths.contact,
  clerk: paths.picking,
};

/** Where this person's work is. */
export function startOf(me: Me): string {
  const role = me.roles[0]?.role;
  return (role && STARTS[role]) ?? paths.home;
}
