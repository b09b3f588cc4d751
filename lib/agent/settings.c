/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/settings.h"

#include "base/str.h"

/*
 * What does not fit is handed on as a text no list can be, so that the invalid-text rule applies.
 */
static prov_str read_text(const struct provi_params *params, const char *name, char *buf,
                          size_t cap)
{
    size_t len;
    if (provi_param_copy(params, prov_str_from(name), buf, cap, &len) != PROV_OK)
        return PROVI_LIT("?");
    return (prov_str){buf, len};
}

static bool has_text(const struct provi_params *params, const char *name)
{
    char byte[2];
    size_t len = 0;
    prov_status status = provi_param_copy(params, prov_str_from(name), byte, sizeof byte, &len);
    return (status == PROV_OK || status == PROV_E_LIMIT) && len > 0;
}

void provi_settings_read(struct provi_settings *settings, const struct provi_params *params)
{
    settings->sched = (struct prov_sched_settings){
        .size = sizeof settings->sched,
        .dialect = params->dialect,
        .periodic =
            read_text(params, "Resync_Periodic", settings->periodic, sizeof settings->periodic),
        .error_retry = read_text(params, "Resync_Error_Retry_Delay", settings->error_retry,
                                 sizeof settings->error_retry),
        .resync_at =
            read_text(params, "Resync_At__HHmm_", settings->resync_at, sizeof settings->resync_at),
        .at_random_s = provi_param_unsigned(params, "Resync_At_Random_Delay"),
        .random_delay = provi_param_unsigned(params, "Resync_Random_Delay"),
        .forced_delay_s = provi_param_unsigned(params, "Forced_Resync_Delay"),
        .provision_enable = provi_param_bool(params, "Provision_Enable"),
        .on_reset = provi_param_bool(params, "Resync_On_Reset"),
        .from_sip = provi_param_bool(params, "Resync_From_SIP"),
        .after_upgrade = provi_param_bool(params, "Resync_After_Upgrade_Attempt"),
        .user_configurable = provi_param_bool(params, "User_Configurable_Resync"),
        .has_triggers =
            has_text(params, "Resync_Trigger_1") || has_text(params, "Resync_Trigger_2"),
    };
}
