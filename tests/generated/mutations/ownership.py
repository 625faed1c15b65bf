"""Rules about whose it is."""

from tests.generated.mutations.mutation import Mutation

BASE = "pltui/resources/base.py"
LB = "pltui/resources/load_balancer.py"

# fmt: off
MUTATIONS = (
    Mutation("ownership by tag", "only what carries the lab's tag is ours, whatever an endpoint makes of the filter",
        BASE, "return [item for item in found if tag(item, LAB_TAG) == self.lab.name]", "return found",
        "tests/generated/test_not_ours.py::test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was"),
    Mutation("ownership by name", "a load balancer or target group is ours by its tag", LB,
        'if item.spec["lab"] == look.lab.name:', "if True:", "converge"),
    Mutation("registrations of ours", "targets are ours where their group is", "pltui/resources/target_registration.py",
        "foreign=not ours", "foreign=False",
        "tests/generated/test_not_ours.py::test_what_is_anothers_and_has_a_name_of_ours_is_not_destroyed[target_group]"),
    Mutation("listeners of ours", "a listener is ours where its load balancer is", "pltui/resources/listener.py",
        "foreign=not ours", "foreign=False",
        "tests/generated/test_not_ours.py::test_what_is_anothers_and_has_a_name_of_ours_is_not_destroyed[load_balancer]"),
    Mutation("route tables of ours", "a route table is ours by its tag", "pltui/resources/route_table.py",
        "return [_parse_table(item) for item in await route_tables(look) if tag(item, LAB_TAG) == look.lab.name]",
        "return [_parse_table(item) for item in await route_tables(look)]",
        "tests/generated/test_not_ours.py::test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was"),
    Mutation("routes of ours", "a route is ours where its table is", "pltui/resources/route.py",
        " if tag(table, LAB_TAG) == look.lab.name]", "]",
        "tests/generated/test_not_ours.py::test_what_others_have_beside_ours_is_left_as_it_is"),
    Mutation("iam path", "roles and profiles are ours by their path", "pltui/resources/role.py",
        "return naming.iam_path(lab.name, lab.aws.target.region)", 'return "/"', "converge"),
    Mutation("role path", "whatever an endpoint makes of the prefix", "pltui/resources/role.py",
        'return [item for item in found if item["Path"] == path]', "return found",
        "tests/generated/test_not_ours.py::test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was"),
    Mutation("profile path", "whatever an endpoint makes of the prefix", "pltui/resources/instance_profile.py",
        ' if item["Path"] == path]', "]",
        "tests/generated/test_not_ours.py::test_where_filters_are_ignored_all_that_is_not_ours_stays_as_it_was"),
    Mutation("roles of others", "a role of a wanted name elsewhere is another's", "pltui/resources/role.py",
        "return found + [replace(_parse_role(look, item), foreign=True) for item in others]", "return found",
        "tests/generated/test_not_ours.py::test_what_is_anothers_and_has_a_wanted_name_stops_a_run_before_it_writes[role-]"),
    Mutation("profiles of others", "a profile of a wanted name elsewhere is another's",
        "pltui/resources/instance_profile.py",
        "return found + [replace(_parse_profile(look, item), foreign=True) for item in others]", "return found",
        "tests/generated/test_not_ours.py::test_what_is_anothers_and_has_a_wanted_name_stops_a_run_before_it_writes[instance_profile-]"),
    Mutation("zone reference", "a zone is ours by its caller reference", "pltui/resources/hosted_zone.py",
        'return [zone for zone in zones if zone.get("CallerReference", "").startswith(_reference_prefix(look.lab))]',
        "return zones", "converge"),
)
# fmt: on
