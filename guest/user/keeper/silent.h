/* silent.h: the orders of the keeper `silent`. */
#ifndef GUEST_USER_KEEPER_SILENT_H
#define GUEST_USER_KEEPER_SILENT_H

#define SILENT_ASKED 0x2000 /* -> w0 how many accesses it has left unanswered; this it does answer */

#endif
