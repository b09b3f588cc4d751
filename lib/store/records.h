/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What a store keeps beside its parameters: bytes by name. In the file each is a comment of one
 * line behind the document, `<!-- kept name 0123…ef -->`, where no profile can put anything and
 * the checksum covers it.
 */
#ifndef PROVI_STORE_KEPT_H
#define PROVI_STORE_KEPT_H

#include "base/buffer.h"
#include "store/stage.h"

/** Whether it is a name that bytes can be kept under. */
bool provi_kept_is_name(prov_str name);

/** Write one line. What the sink returns. */
prov_status provi_kept_write_line(prov_str name, prov_str bytes, const struct prov_sink *sink,
                                  struct prov_error *err);

/** Write a line for each. What the sink returns. */
prov_status provi_kept_write(const struct provi_stage *kept, const struct prov_sink *sink,
                             struct prov_error *err);

/**
 * Take the lines off the end of a file, its checksum included if there is one. A line that does not
 * read is left to the parser, to which it is a comment.
 *
 * @param[out]    origins  Bytes of the line of that name, which is the store's own; an empty buffer
 *                         if there is none. The caller's to free, with the allocator of @p kept.
 * @param[in,out] text     Left: the document.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_LIMIT.
 */
prov_status provi_kept_read(struct provi_stage *kept, struct provi_buffer *origins, prov_str *text,
                            struct prov_error *err);

/** Whether any of the changes makes a difference. */
bool provi_kept_differs(const struct provi_stage *committed, const struct provi_stage *staged);

/** Add to @p next what is committed, with the changes made. */
prov_status provi_kept_join(const struct provi_stage *committed, const struct provi_stage *staged,
                            struct provi_stage *next, struct prov_error *err);

#endif
