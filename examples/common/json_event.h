/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The structs of events as members of JSON objects, for events and for the status. */
#ifndef COMMON_JSON_EVENT_H
#define COMMON_JSON_EVENT_H

#include <stdio.h>

#include <provision/provision.h>

#include "common/json_object.h"

/** Begin an object with its member `event` and, unless it is empty, the phone's name as `mac`. */
struct json_object json_begin_event(FILE *out, const char *name, const char *event);

/** Write one event with every field that is set, an object in a line. */
void json_event(FILE *out, const char *name, const struct prov_event *event);

void json_add_change(struct json_object *object, const struct prov_change *change);
void json_add_progress(struct json_object *object, const struct prov_progress *progress);
void json_add_schedule(struct json_object *object, const struct prov_schedule *schedule);
void json_add_result(struct json_object *object, const struct prov_result *result);
void json_add_upgrade(struct json_object *object, const struct prov_upgrade *upgrade);

#endif
