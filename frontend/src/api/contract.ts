import type * as Ours from "./types";
import type * as Theirs from "./schema";

// The generated types say what may be absent, not what answers always have (a field that may be null is there). Ours say
// that, and more; they are compared here, when they are compiled, and nowhere else.

type SameKeys<A, B> = [keyof A] extends [keyof B] ? ([keyof B] extends [keyof A] ? true : false) : false;

/** What the server tells has exactly these fields, and none of them may hold what the documents do not know. */
type Told<A, B> = A extends B ? SameKeys<A, B> : false;

type Assert<Condition extends true> = Condition;

export type Contract = [
  Assert<Told<Ours.Message, Theirs.Message>>,
  Assert<Told<Ours.FileView, Theirs.FileView>>,
  Assert<Told<Ours.SystemEvent, Theirs.SystemEvent>>,
  Assert<Told<Ours.Member, Theirs.Member>>,
  Assert<Told<Ours.OwnState, Theirs.OwnState>>,
  Assert<Told<Ours.Conversation, Theirs.Conversation>>,
  Assert<Told<Ours.ConversationSettings, Theirs.ConversationSettings>>,
  Assert<Told<Ours.ConversationDone, Theirs.ConversationDone>>,
  Assert<Told<Ours.ConversationRef, Theirs.ConversationRef>>,
  Assert<Told<Ours.UserTyping, Theirs.UserTyping>>,
  Assert<Told<Ours.ReadState, Theirs.ReadState>>,
  Assert<Told<Ours.DeliveryState, Theirs.DeliveryState>>,
  Assert<Told<Ours.Held, Theirs.Held>>,
  Assert<Told<Ours.SyncedConversation, Theirs.SyncedConversation>>,
  Assert<Told<Ours.Synced, Theirs.Synced>>,
  Assert<Told<Ours.MessageDeleted, Theirs.MessageDeleted>>,
  Assert<Told<Ours.MessageReached, Theirs.MessageReached>>,
  Assert<Told<Ours.ConversationUpdated, Theirs.ConversationUpdated>>,
  Assert<Told<Ours.ConversationRead, Theirs.ConversationRead>>,
  Assert<Told<Ours.MemberAdded, Theirs.MemberAdded>>,
  Assert<Told<Ours.MemberRemoved, Theirs.MemberRemoved>>,
  Assert<Told<Ours.PublicUser, Theirs.PublicUser>>,
  Assert<Told<Ours.Me, Theirs.Me>>,
  Assert<Told<Ours.Profile, Theirs.Profile>>,
  Assert<Told<Ours.Blocked, Theirs.Blocked>>,
  Assert<Told<Ours.Presence, Theirs.Presence>>,
  Assert<Told<Ours.AccountView, Theirs.AccountView>>,
  Assert<Told<Ours.DeviceSession, Theirs.DeviceSession>>,
  Assert<Told<Ours.SignedIn, Theirs.SignedIn>>,
  Assert<Told<Ours.Notification, Theirs.Notification>>,
  Assert<Told<Ours.Broadcast, Theirs.Broadcast>>,
  // What the client sends need not use every field.
  Assert<Ours.SendMessage extends Theirs.SendMessage ? true : false>,
  Assert<Ours.SendBroadcast extends Theirs.SendBroadcast ? true : false>,
  Assert<Ours.CreateConversation extends Theirs.CreateConversation ? true : false>,
  Assert<Ours.ChangePassword extends Theirs.ChangePassword ? true : false>,
  Assert<Ours.Register extends Theirs.Register ? true : false>,
  Assert<Ours.Login extends Theirs.Login ? true : false>,
];
