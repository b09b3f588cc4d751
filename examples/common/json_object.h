/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Writing JSON (RFC 8259) member by member. */
#ifndef COMMON_JSON_OBJECT_H
#define COMMON_JSON_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <provision/provision.h>

/** An object or array being written. The innermost one must be ended first. */
struct json_object {
    FILE *out;
    char close; /* the closing bracket */
    bool has_members;
};

/** Version of the form of all documents, their member `version`: docs/programs.md. */
enum { JSON_VERSION = 1 };

/** Begin a document, an object with its version. */
struct json_object json_begin(FILE *out);
void json_end(struct json_object *object);

/** @name A member of an object; with NULL as @p name an element of an array. */
/** @{ */
struct json_object json_add_object(struct json_object *object, const char *name);
struct json_object json_add_array(struct json_object *object, const char *name);
void json_add_text(struct json_object *object, const char *name, prov_str text);
void json_add_word(struct json_object *object, const char *name, const char *word);
void json_add_number(struct json_object *object, const char *name, int64_t number);
void json_add_decimal(struct json_object *object, const char *name, double number);
void json_add_bool(struct json_object *object, const char *name, bool is_true);
void json_add_true(struct json_object *object, const char *name);
/** @} */

/** Add an array of elements written elsewhere: this adds the brackets. */
void json_add_raw_array(struct json_object *object, const char *name, const char *elements);

/** @name A member that is left out when it is empty or zero. */
/** @{ */
void json_add_text_if_set(struct json_object *object, const char *name, prov_str text);
void json_add_number_if_set(struct json_object *object, const char *name, uint64_t number);
void json_add_word_if_set(struct json_object *object, const char *name, uint32_t number,
                          const char *(*word_for)(uint32_t));
/** @} */

/** Member `error`, unless @p error is NULL. */
void json_add_error(struct json_object *object, const struct prov_error *error);

/** Member `encodings`, unless there are none. */
void json_add_encodings(struct json_object *object, uint32_t encodings);

#endif
