// The mail server of the demo, which delivers nothing: what it took can be looked at. Elsewhere there is none.
import { useQuery } from '@tanstack/react-query';
import { api, ok } from '../api/client.ts';
import { isProblem } from '../api/problem.ts';

/** The address of the page of the mail that a message became, by its `Message-ID`; nothing where mails are really sent. */
export function useMailPage(): (message: { message_id?: string }) => string | undefined {
  const { data } = useQuery({
    queryKey: ['notices', 'sink'],
    queryFn: async () => {
      try {
        return (await ok(api.GET('/api/notices/sink'))).mails;
      } catch (error) {
        if (isProblem(error, 'kit/not-found')) return null;
        throw error;
      }
    },
    staleTime: 10_000,
    // Where there is no such server, there will be none.
    refetchOnWindowFocus: false,
  });
  return ({ message_id }) => {
    const bare = message_id?.replace(/^<|>$/g, '');
    const mail = bare === undefined ? undefined : data?.find((each) => each.message_id === bare);
    return mail === undefined ? undefined : `/api/notices/sink/${String(mail.id)}/page`;
  };
}
