// The workspaces: where each is, which permission opens it, and who starts there.
import {
  BookOpenCheck,
  ChartColumn,
  ClipboardList,
  FileText,
  House,
  MessageSquare,
  OctagonAlert,
  Package,
  PackageCheck,
  PhoneCall,
  ShieldUser,
  Scale,
  Truck,
  Users,
  Warehouse,
  Workflow,
  type LucideIcon,
} from 'lucide-react';
import { paths } from '../paths.ts';
import type { Me, RoleName } from '../session/session.ts';

export interface Workspace {
  name:
    | 'home'
    | 'contact'
    | 'picking'
    | 'deliveries'
    | 'orders'
    | 'stock'
    | 'products'
    | 'customers'
    | 'rules'
    | 'processes'
    | 'invoices'
    | 'ledger'
    | 'messages'
    | 'sales'
    | 'incidents'
    | 'staff';
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
  { name: 'deliveries', path: paths.deliveries, icon: Truck, permission: 'delivery.drive' },
  { name: 'orders', path: paths.orders, icon: ClipboardList, permission: 'orders.read' },
  { name: 'stock', path: paths.stock, icon: Warehouse, permission: 'inventory.read', isOfSite: true },
  { name: 'products', path: paths.products, icon: Package, permission: 'catalog.read' },
  { name: 'customers', path: paths.customers, icon: Users, permission: 'customers.read' },
  { name: 'invoices', path: paths.invoices, icon: FileText, permission: 'finance.read' },
  { name: 'ledger', path: paths.ledger, icon: BookOpenCheck, permission: 'finance.issue' },
  { name: 'sales', path: paths.sales, icon: ChartColumn, permission: 'insight.read' },
  { name: 'rules', path: paths.decisions, icon: Scale, permission: 'rules.read' },
  { name: 'processes', path: paths.procedures, icon: Workflow, permission: 'processes.deploy' },
  { name: 'incidents', path: paths.incidents, icon: OctagonAlert, permission: 'processes.resolve' },
  { name: 'messages', path: paths.messages, icon: MessageSquare, permission: 'notices.read' },
  { name: 'staff', path: paths.staff, icon: ShieldUser, permission: 'staff.read' },
];

const STARTS: Partial<Record<RoleName, string>> = {
  agent: paths.contact,
  supervisor: paths.contact,
  clerk: paths.picking,
  driver: paths.deliveries,
  merchandiser: paths.products,
  finance: paths.ledger,
  admin: paths.staff,
};

/** Where this person's work is. */
export function startOf(me: Me): string {
  const role = me.roles[0]?.role;
  return (role && STARTS[role]) ?? paths.home;
}
