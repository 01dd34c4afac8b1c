// Mantine dressed in our tokens: it takes sizes and colours from tokens.css, so density and dark follow by themselves.
import {
  ActionIcon,
  Anchor,
  Button,
  createTheme,
  defaultVariantColorsResolver,
  Input,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from '@mantine/core';

const petrol: MantineColorsTuple = [
  '#e3f1f4',
  '#c4e2e8',
  '#9fd0da',
  '#76bccb',
  '#4aa5b8',
  '#2b8a9e',
  '#0f5c6e',
  '#0d5262',
  '#0b4755',
  '#073540',
];

const red: MantineColorsTuple = [
  '#fdeaea',
  '#f9cfcf',
  '#f2a9a9',
  '#ec8583',
  '#dd5a58',
  '#c53a3a',
  '#a01f1f',
  '#8c1919',
  '#741212',
  '#560b0b',
];

/** Sizes of a control that names none: those of the density around it. */
const control = { '--button-height': 'var(--control)', '--button-fz': 'var(--text-3)' };

/** On a fill stands the ink that was chosen for it, in light and in dark. */
const onFill: VariantColorsResolver = (input) => {
  const colours = defaultVariantColorsResolver(input);
  const name = input.color ?? input.theme.primaryColor;
  if (input.variant !== 'filled' || (name !== 'petrol' && name !== 'bad')) return colours;
  return { ...colours, color: `var(--mantine-color-${name}-contrast)` };
};

export const theme = createTheme({
  variantColorResolver: onFill,
  primaryColor: 'petrol',
  primaryShade: { light: 6, dark: 4 },
  colors: { petrol, bad: red },
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--font-figures)',
  defaultRadius: 'sm',
  radius: { xs: '2px', sm: 'var(--radius-1)', md: 'var(--radius-2)', lg: 'var(--radius-3)', xl: '24px' },
  spacing: {
    xs: 'var(--space-2)',
    sm: 'var(--space-3)',
    md: 'var(--space-4)',
    lg: 'var(--space-5)',
    xl: 'var(--space-6)',
  },
  fontSizes: {
    xs: 'var(--text-1)',
    sm: 'var(--text-2)',
    md: 'var(--text-3)',
    lg: 'var(--text-4)',
    xl: 'var(--text-5)',
  },
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: 'var(--text-5)' }, h2: { fontSize: 'var(--text-4)' }, h3: { fontSize: 'var(--text-3)' } },
  },
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ vars: (_theme, props) => ({ root: props.size === undefined ? control : {} }) }),
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: 'subtle', color: 'gray' },
      vars: (_theme, props) => ({ root: props.size === undefined ? { '--ai-size': 'var(--control)' } : {} }),
    }),
    Anchor: Anchor.extend({ defaultProps: { underline: 'hover' } }),
    Input: Input.extend({
      vars: (_theme, props) => ({
        wrapper: {
          '--input-bg': 'var(--paper-raised)',
          '--input-bd': 'var(--line-strong)',
          ...(props.size === undefined ? { '--input-height': 'var(--control)', '--input-fz': 'var(--text-3)' } : {}),
        },
      }),
    }),
    InputWrapper: Input.Wrapper.extend({
      vars: () => ({ label: { '--input-label-size': 'var(--text-2)' }, error: {}, description: {}, success: {} }),
    }),
  },
});

/** Mantine's own variables, taken from ours. */
export const variables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--paper)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-soft)',
    '--mantine-color-placeholder': 'var(--ink-soft)',
    '--mantine-color-default': 'var(--paper-raised)',
    '--mantine-color-default-hover': 'var(--paper-hover)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--bad-ink)',
    '--mantine-color-anchor': 'var(--action)',
    ...colour('primary-color', 'action', 'action-hover', 'on-action', 'action-fill'),
    ...colour('color-petrol', 'action', 'action-hover', 'on-action', 'action-fill'),
    ...colour('color-bad', 'bad-ink', 'bad-ink', 'paper', 'bad-fill'),
  };
  // What Mantine's controls take in the dark: our surfaces and lines.
  const dark = {
    ...both,
    '--mantine-color-dark-4': 'var(--line)',
    '--mantine-color-dark-5': 'var(--paper-hover)',
    '--mantine-color-dark-6': 'var(--paper-raised)',
    '--mantine-color-dark-7': 'var(--paper)',
    '--mantine-color-dark-8': 'var(--paper-sunk)',
  };
  return { variables: {}, light: both, dark };
};

function colour(name: string, ink: string, hover: string, contrast: string, fill: string): Record<string, string> {
  return {
    [`--mantine-${name}-filled`]: `var(--${ink})`,
    [`--mantine-${name}-filled-hover`]: `var(--${hover})`,
    [`--mantine-${name}-contrast`]: `var(--${contrast})`,
    [`--mantine-${name}-text`]: `var(--${ink})`,
    [`--mantine-${name}-outline`]: `var(--${ink})`,
    [`--mantine-${name}-outline-hover`]: `var(--${fill})`,
    [`--mantine-${name}-light`]: `var(--${fill})`,
    [`--mantine-${name}-light-hover`]: `var(--${fill})`,
    [`--mantine-${name}-light-color`]: `var(--${ink})`,
  };
}
