/* background.h: threads beside the main one. */
#ifndef VMM_BACKGROUND_H
#define VMM_BACKGROUND_H

#include <pthread.h>

/*
 * Like pthread_create(), but the thread takes no signals: they are for whoever runs the guest. Only those that
 * say that the thread itself has gone wrong reach it, and `signal`, if it is not 0. 0, or an errno.
 */
int background_start(pthread_t *thread, int signal, void *(*run)(void *self), void *self);

#endif
