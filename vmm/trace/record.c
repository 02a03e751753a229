#include "vmm/trace/record.h"

const char *trace_kind_name(enum trace_kind kind)
{
	switch (kind) {
	case TRACE_LOAD:
		return "load";
	case TRACE_STORE:
		return "store";
	case TRACE_RMW:
		return "rmw";
	case TRACE_FETCH:
		return "fetch";
	case TRACE_ARMED:
		return "armed";
	case TRACE_DISARMED:
		return "disarmed";
	case TRACE_MAPPED:
		return "mapped";
	case TRACE_RESET:
		return "reset";
	case TRACE_MARK:
		return "mark";
	case TRACE_LOST:
		return "lost";
	case TRACE_WRITTEN:
		return "written";
	case TRACE_KINDS:
		break;
	}
	return "unknown";
}
