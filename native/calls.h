/* The system calls that the filter speaks of, with their numbers on each architecture and what becomes of them. */
#ifndef VT_CALLS_H
#define VT_CALLS_H

/* A number of an architecture that has no such call. */
#define NO_CALL (-1)

/* Calls above this did not exist when the table was written (Linux 6.18); they answer ENOSYS, as on an older kernel. */
#define LAST_KNOWN_CALL 469

/*
 * X(name, number on x86_64, number on aarch64, what happens): `refuse` answers EPERM, `absent` ENOSYS so that libraries
 * fall back; the others look at arguments and are found in filter.c. A test compares the numbers with the kernel's
 * headers.
 */
#define CALLS(X) \
  /* other processes */ \
  X(ptrace, 101, 117, refuse) \
  X(process_vm_readv, 310, 270, refuse) \
  X(process_vm_writev, 311, 271, refuse) \
  X(process_madvise, 440, 440, refuse) \
  X(kcmp, 312, 272, refuse) \
  X(pidfd_getfd, 438, 438, refuse) \
  /* attack surface of the kernel */ \
  X(bpf, 321, 280, refuse) \
  X(perf_event_open, 298, 241, refuse) \
  X(userfaultfd, 323, 282, refuse) \
  X(vmsplice, 278, 75, refuse) \
  X(move_pages, 279, 239, refuse) \
  X(migrate_pages, 256, 238, refuse) \
  X(modify_ldt, 154, NO_CALL, refuse) \
  X(uselib, 134, NO_CALL, refuse) \
  X(ustat, 136, NO_CALL, refuse) \
  X(sysfs, 139, NO_CALL, refuse) \
  X(_sysctl, 156, NO_CALL, refuse) \
  X(lookup_dcookie, 212, 18, refuse) \
  X(nfsservctl, 180, 42, refuse) \
  X(io_uring_setup, 425, 425, absent) \
  X(io_uring_enter, 426, 426, absent) \
  X(io_uring_register, 427, 427, absent) \
  /* keys of the user */ \
  X(add_key, 248, 217, refuse) \
  X(request_key, 249, 218, refuse) \
  X(keyctl, 250, 219, refuse) \
  /* mounts and namespaces */ \
  X(mount, 165, 40, refuse) \
  X(umount2, 166, 39, refuse) \
  X(pivot_root, 155, 41, refuse) \
  X(chroot, 161, 51, refuse) \
  X(open_tree, 428, 428, refuse) \
  X(move_mount, 429, 429, refuse) \
  X(fsopen, 430, 430, refuse) \
  X(fsconfig, 431, 431, refuse) \
  X(fsmount, 432, 432, refuse) \
  X(fspick, 433, 433, refuse) \
  X(mount_setattr, 442, 442, refuse) \
  X(open_tree_attr, 467, 467, refuse) \
  X(statmount, 457, 457, refuse) \
  X(listmount, 458, 458, refuse) \
  X(setns, 308, 268, refuse) \
  X(unshare, 272, 97, check_unshare) \
  X(clone, 56, 220, check_clone) \
  X(clone3, 435, 435, absent) \
  /* files by handle, and watching what others do with them */ \
  X(open_by_handle_at, 304, 265, refuse) \
  X(name_to_handle_at, 303, 264, refuse) \
  X(fanotify_init, 300, 262, refuse) \
  X(fanotify_mark, 301, 263, refuse) \
  X(quotactl, 179, 60, refuse) \
  X(quotactl_fd, 443, 443, refuse) \
  /* the machine */ \
  X(swapon, 167, 224, refuse) \
  X(swapoff, 168, 225, refuse) \
  X(reboot, 169, 142, refuse) \
  X(kexec_load, 246, 104, refuse) \
  X(kexec_file_load, 320, 294, refuse) \
  X(create_module, 174, NO_CALL, refuse) \
  X(init_module, 175, 105, refuse) \
  X(finit_module, 313, 273, refuse) \
  X(delete_module, 176, 106, refuse) \
  X(get_kernel_syms, 177, NO_CALL, refuse) \
  X(query_module, 178, NO_CALL, refuse) \
  X(acct, 163, 89, refuse) \
  X(iopl, 172, NO_CALL, refuse) \
  X(ioperm, 173, NO_CALL, refuse) \
  X(settimeofday, 164, 170, refuse) \
  X(clock_settime, 227, 112, refuse) \
  X(adjtimex, 159, 171, refuse) \
  X(clock_adjtime, 305, 266, refuse) \
  X(sethostname, 170, 161, refuse) \
  X(setdomainname, 171, 162, refuse) \
  X(syslog, 103, 116, refuse) \
  X(vhangup, 153, 58, refuse) \
  X(lsm_set_self_attr, 460, 460, refuse) \
  X(personality, 135, 92, check_personality) \
  /* files that are setuid or setgid */ \
  X(chmod, 90, NO_CALL, check_mode_1) \
  X(fchmod, 91, 52, check_mode_1) \
  X(fchmodat, 268, 53, check_mode_2) \
  X(fchmodat2, 452, 452, check_mode_2) \
  X(creat, 85, NO_CALL, check_mode_1) \
  X(mknod, 133, NO_CALL, check_mode_1) \
  X(mknodat, 259, 33, check_mode_2) \
  X(mkdir, 83, NO_CALL, check_mode_1) \
  X(mkdirat, 258, 34, check_mode_2) \
  X(open, 2, NO_CALL, check_open) \
  X(openat, 257, 56, check_openat) \
  X(openat2, 437, 437, absent) \
  /* terminals and sockets */ \
  X(ioctl, 16, 29, check_ioctl) \
  X(socket, 41, 198, check_socket) \
  X(socketpair, 53, 199, check_socketpair) \
  X(sendto, 44, 206, check_send_3) \
  X(sendmsg, 46, 211, check_send_2) \
  X(sendmmsg, 307, 269, check_send_3)

#endif
