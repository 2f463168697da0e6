// Users with HttpUser's client.
#include "users.hpp"

struct BusyHttp : bench::Busy<cppworker::HttpUser> {};
struct ConnectedHttp : bench::Connected<cppworker::HttpUser> {};
struct RelaxedHttp : bench::Relaxed<cppworker::HttpUser> {};
struct BriskHttp : bench::Brisk<cppworker::HttpUser> {};

CPPWORKER_INIT(bench::compare_latencies)
CPPWORKER_LOCUSTFILE(BusyHttp, ConnectedHttp, RelaxedHttp, BriskHttp)
