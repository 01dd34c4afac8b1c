// The id in the address of a page such as /orders/ord_….
import { useParams } from '@tanstack/react-router';

export function usePageId(): string {
  const params: Record<string, string | undefined> = useParams({ strict: false });
  return params['id'] ?? '';
}
