# baker_add_test(NAME SOURCES a_test.cc ... [LIBRARIES lib ...] [LABELS fast|real ...] [TIMEOUT s])
#
# One GoogleTest program and one ctest entry. `fast` tests need no root and touch nothing outside a
# temporary folder; they run once more under the sanitizers. `real` tests use the real world.
function(baker_add_test name)
  if(NOT (BAKER_DEVELOPER AND BUILD_TESTING))
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBRARIES;LABELS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  find_package(GTest REQUIRED)
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${name} PRIVATE baker_test_support baker_warnings ${arg_LIBRARIES}
                        GTest::gmock GTest::gtest_main)
  target_compile_options(${name} PRIVATE -O0)  # run once, and most of the tree to compile
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()
