// Puts a diagram into use, after it was asked whether one means it.
import { api, ok, type Schemas } from '../api/client.ts';
import { useCommand } from '../api/queries.ts';
import { Confirm } from '../kit/dialogs.tsx';
import { toast } from '../kit/toast.tsx';
import { useProcessTexts } from './texts.ts';

export interface DeployProps {
  xml: string;
  /** The version that it was drawn upon: refused when somebody has put another into use since. */
  upon?: number | undefined;
  title: string;
  text: string;
  onClose: () => void;
  onDone: (number: number) => void;
}

export function Deploy({ xml, upon, title, text, onClose, onDone }: DeployProps) {
  const t = useProcessTexts();
  const deploy = useCommand({
    run: (body: Schemas['DeployDiagram'], key) =>
      ok(api.POST('/api/processes/definitions', { params: { header: { 'Idempotency-Key': key } }, body })),
    touches: [['processes']],
    onDone: ({ number, name }) => {
      toast('good', t('deployed', { n: number, name }));
      onDone(number);
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={title}
      action={title}
      isRunning={deploy.isPending}
      error={deploy.error}
      onConfirm={() => deploy.mutate(upon === undefined ? { xml } : { xml, upon })}
    >
      {text}
    </Confirm>
  );
}
