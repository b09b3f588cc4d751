/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The variables of a device: memory, and values of the current operation. */
#ifndef PROVI_MACRO_FACTS_H
#define PROVI_MACRO_FACTS_H

#include <provision/macro.h>

/** Free the memory that values were read into; invalidates the last value found. */
void provi_macro_vars_rest(prov_macro_vars *macro_vars);

/** From now on the host has no variables. */
void provi_macro_vars_forget_host(prov_macro_vars *macro_vars);

/** `$AUTHSTATUS`, in place of the device's. @p text is borrowed as long as @p macro_vars. */
void provi_macro_vars_set_auth_status(prov_macro_vars *macro_vars, prov_str text);

/** `$ISCUST`, in place of the device's. */
void provi_macro_vars_set_custom(prov_macro_vars *macro_vars, bool is_custom);

/** @name Parts of prov_macro_vars_set_operation(); the other values stay. Texts are borrowed. */
/** @{ */
/** `$SERVIP` is the same as `$SERV`; @p port 0: not known. */
void provi_macro_vars_set_url(prov_macro_vars *macro_vars, prov_str scheme, prov_str server,
                              uint16_t port, prov_str path);
void provi_macro_vars_set_server_ip(prov_macro_vars *macro_vars, prov_str server_ip);
void provi_macro_vars_set_err(prov_macro_vars *macro_vars, prov_str text);
/** @} */

#endif
