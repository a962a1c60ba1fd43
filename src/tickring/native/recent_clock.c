#include "recent_clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

bool tr_ticks_are_sound = false;

static bool kernel_keeps_time_by_them(void) {
    char name[8] = "";
    int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, name, sizeof name - 1);
    close(fd);
    return length == 4 && memcmp(name, "tsc\n", 4) == 0;
}

void tr_check_ticks(void) {
    int allowed = 0; /* a process may be forbidden to read them, and would then be killed by a signal */
    tr_ticks_are_sound = kernel_keeps_time_by_them() && prctl(PR_GET_TSC, &allowed) == 0 && allowed == PR_TSC_ENABLE;
}
