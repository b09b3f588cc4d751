/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Everything of libprovision at once.
 */
#ifndef PROVISION_PROVISION_H
#define PROVISION_PROVISION_H

#include <provision/action.h>
#include <provision/activation.h>
#include <provision/agent.h>
#include <provision/base.h>
#include <provision/catalogue.h>
#include <provision/custom_ca.h>
#include <provision/decode.h>
#include <provision/dhcp.h>
#include <provision/dialect.h>
#include <provision/digest.h>
#include <provision/event.h>
#include <provision/explain.h>
#include <provision/fetch.h>
#include <provision/history.h>
#include <provision/host.h>
#include <provision/lint.h>
#include <provision/macro.h>
#include <provision/migration.h>
#include <provision/names.h>
#include <provision/profile.h>
#include <provision/renewal.h>
#include <provision/report.h>
#include <provision/rule.h>
#include <provision/sched.h>
#include <provision/store.h>
#include <provision/tls.h>
#include <provision/transport.h>
#include <provision/transport_curl.h>
#include <provision/upgrade.h>
#include <provision/version.h>

#endif
