import * as Radix from "@radix-ui/react-dropdown-menu";
import type { ReactNode } from "react";

/** The look of a menu, and of a line in it. */
export const MENU = "z-20 min-w-52 animate-appear rounded-xl border border-line bg-raised p-1.5 text-sm shadow-float";
export const MENU_ITEM =
  "flex min-h-10 cursor-pointer items-center gap-2.5 rounded-lg px-3 outline-none data-danger:text-danger data-disabled:opacity-60 data-[highlighted]:bg-hover [&_svg]:size-4";

/** A menu that opens from `trigger`. Not modal: a modal one would lock scrolling by an inline style. */
export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align="end" sideOffset={6} collisionPadding={8} className={MENU}>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-3 py-2">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />;
}

interface MenuItemProps {
  onSelect: () => void;
  isDanger?: boolean;
  children: ReactNode;
}

export function MenuItem({ onSelect, isDanger = false, children }: MenuItemProps) {
  return (
    <Radix.Item onSelect={onSelect} data-danger={isDanger || undefined} className={MENU_ITEM}>
      {children}
    </Radix.Item>
  );
}
