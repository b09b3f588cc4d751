/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Records that survive a reboot: validators, unconfirmed commits, and the quarantine. */
#ifndef PROVI_PERSIST_RECORDS_H
#define PROVI_PERSIST_RECORDS_H

#include "env/env.h"
#include "persist/confirm.h"
#include "persist/quarantine.h"
#include "persist/validators.h"

struct provi_records {
    struct provi_env *env;
    struct provi_validators validators;
    struct provi_confirm confirm;
    struct provi_quarantine quarantine;
};

#endif
