/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Findings as JSON. */
#ifndef EXPLAIN_JSON_H
#define EXPLAIN_JSON_H

#include "common/json_object.h"

#include "finding.h"

/** Add a finding to an array. */
void json_add_finding(struct json_object *array, const struct finding *finding);

#endif
