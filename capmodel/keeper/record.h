/*
 * record.h: the wrapper that has each access recorded in a trace.
 *
 * As log it changes nothing: what it wraps is asked, and its verdict goes out as it is. When
 * the access is complete, or is refused, or its page becomes an ordinary one, the witness is told.
 * It has no span: each element of a REP is an access. No user names it: the monitor puts it around
 * whatever keeps a range that is traced.
 */
#ifndef CAPMODEL_KEEPER_RECORD_H
#define CAPMODEL_KEEPER_RECORD_H

#include "capmodel/keeper.h"

/* NULL when out of memory; then inner is still the caller's. keeper_free() frees both. */
struct keeper *record_wrap(struct keeper *inner);

#endif
