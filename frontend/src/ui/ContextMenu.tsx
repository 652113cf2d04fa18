import * as Radix from "@radix-ui/react-context-menu";
import type { ReactElement, ReactNode } from "react";
import { MENU, MENU_ITEM } from "./Menu";

interface ContextMenuProps {
  /** What it belongs to: its `onContextMenu` may prevent it. */
  children: ReactElement;
  label: string;
  items: ReactNode;
}

/** A menu at the pointer: by the right button, a long touch, or the menu key. Not modal, as in `Menu`. */
export function ContextMenu({ children, label, items }: ContextMenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content aria-label={label} collisionPadding={8} className={MENU}>
          {items}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ContextMenuItemProps {
  onSelect: () => void;
  isDanger?: boolean;
  children: ReactNode;
}

export function ContextMenuItem({ onSelect, isDanger = false, children }: ContextMenuItemProps) {
  return (
    <Radix.Item onSelect={onSelect} data-danger={isDanger || undefined} className={MENU_ITEM}>
      {children}
    </Radix.Item>
  );
}
