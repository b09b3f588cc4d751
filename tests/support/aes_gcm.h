/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Callbacks that encrypt a store's file by AES-256-GCM, as docs/store.md prints them. */
#ifndef TEST_SUPPORT_AES_GCM_H
#define TEST_SUPPORT_AES_GCM_H

#include <provision/store.h>

/** @p key is 32 bytes, borrowed as long as the store is open. */
struct prov_store_seal aes_gcm_seal(void *key);

#endif
