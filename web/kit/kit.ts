/** The door of the kit. */
export { Badge, Dot, OptionBadge } from './badge.tsx';
export { Button, IconButton, Kbd } from './button.tsx';
export { CheckList, Combobox, MultiSelect } from './combobox.tsx';
export { DateInput } from './date-input.tsx';
export { Confirm, Dialog } from './dialog.tsx';
export {
  type Choice,
  type ControlProps,
  Field,
  NumberInput,
  Segmented,
  Select,
  Switch,
  TextInput,
} from './field.tsx';
export { Change, Count, DateText, KeyFigure, Money, Progress } from './figures.tsx';
export { Icon, type IconName } from './icon.tsx';
export { Menu, type MenuItem } from './menu.tsx';
export { PageHead, Panel } from './page.tsx';
export { PHONE_MAX_PX, Popover } from './popover.tsx';
export { Empty, ErrorState, Notice, Skeleton, useErrorText } from './states.tsx';
export { type Column, Table } from './table.tsx';
export { type Tab, Tabs } from './tabs.tsx';
export { Toasts, toast } from './toast.tsx';
export { Mark, Wordmark } from './wordmark.tsx';
