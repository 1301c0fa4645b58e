# baker_add_test(NAME SOURCES a_test.cc ... [LIBRARIES lib ...] [LABELS fast|real|cluster ...]
#                [TIMEOUT s] [SUITES suite ...] [NIGHTLY suite ... [ONLY_NIGHTLY]]
#                [PROCESSORS n] [COST s] [NEEDS fixture])
#
# One GoogleTest program, and one ctest entry, or with SUITES one for each of them, named
# NAME.SUITE: what fails is run again alone. Suites in NIGHTLY are too long for every change: each is
# an entry of its own with the label `nightly`, and a shorter test of the full run has a sample of it.
#
# `fast` tests need no root and touch nothing outside a temporary folder; they run once more under
# the sanitizers. `real` tests use the real world. Those that are also labelled `cluster` run a whole
# cluster: tests/run gives them four slots of their own, and PROCESSORS says how many a test takes.
# COST is how long it takes, roughly: the longest begin first. NEEDS names a fixture that another
# test sets up.
function(baker_add_test name)
  if(NOT (BAKER_DEVELOPER AND BUILD_TESTING))
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "ONLY_NIGHTLY" "TIMEOUT;PROCESSORS;COST;NEEDS"
                        "SOURCES;LIBRARIES;LABELS;SUITES;NIGHTLY")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${name} PRIVATE -O0)  # run once, and most of the tree to compile
  target_link_libraries(${name} PRIVATE baker_test_support baker_warnings ${arg_LIBRARIES}
                        GTest::gmock GTest::gtest_main)

  list(TRANSFORM arg_NIGHTLY APPEND .* OUTPUT_VARIABLE nightly)
  list(JOIN nightly : nightly)
  if(arg_SUITES)
    foreach(suite ${arg_SUITES})
      baker_add_test_entry(${name}.${suite} *${suite}.* "${arg_LABELS}")
    endforeach()
  elseif(NOT arg_ONLY_NIGHTLY)
    baker_add_test_entry(${name} *-${nightly} "${arg_LABELS}")
  endif()
  foreach(suite ${arg_NIGHTLY})
    baker_add_test_entry(${name}.${suite} ${suite}.* nightly)
  endforeach()
endfunction()

# Of the program `name` of the caller, with the caller's `arg_…`.
function(baker_add_test_entry entry filter labels)
  add_test(NAME ${entry} COMMAND ${name} --gtest_filter=${filter})
  set_tests_properties(${entry} PROPERTIES LABELS "${labels}" TIMEOUT ${arg_TIMEOUT})
  foreach(property PROCESSORS COST)
    if(arg_${property})
      set_tests_properties(${entry} PROPERTIES ${property} ${arg_${property}})
    endif()
  endforeach()
  if(arg_NEEDS)
    set_tests_properties(${entry} PROPERTIES FIXTURES_REQUIRED "${arg_NEEDS}")
  endif()
endfunction()
