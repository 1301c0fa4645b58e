#include "engine/doctor/examine.h"

#include <iterator>

namespace baker {

std::vector<Finding> examine_host(const HostToExamine& host) {
  std::vector<Finding> findings;
  for (std::vector<Finding> part : {examine_kernel(), examine_storage(host), examine_programs(host),
                                    examine_starting(host), examine_network()})
    std::move(part.begin(), part.end(), std::back_inserter(findings));
  return findings;
}

}  // namespace baker
