/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Rule texts with their secrets masked. */
#ifndef PROVI_RULE_REDACT_H
#define PROVI_RULE_REDACT_H

#include "base/buffer.h"

/** Write a rule text, well-formed or not, with `***` for its secrets. */
void provi_rule_write_redacted(struct provi_text *out, prov_str text);

#endif
