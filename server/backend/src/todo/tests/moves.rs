//! MoveTodos: the manual order of a project.

use v1::move_todos_request::Place;

use super::{calls::*, random::Random, *};
use crate::testing::on_both_engines;

/// The numbers of the project's todos in the order of their places, up to this number of the account.
async fn order(ann: &Person, upto: i32, project_id: &str) -> Vec<i32> {
    let names: Vec<_> = (1..=upto).map(|number| number.to_string()).collect();
    let mut todos = ann.get_all(&names.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
    todos.retain(|todo| todo.project_id == project_id);
    for todo in &todos {
        assert!((1..=24).contains(&todo.position.len()), "{}", todo.position);
    }
    todos.sort_by_key(|todo| (todo.position.clone(), todo.number));
    todos.into_iter().map(|todo| todo.number).collect()
}

fn names(numbers: &[i32]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

impl Person {
    async fn move_numbers(&self, numbers: &[i32], place: Place) -> Result<Changed, Status> {
        let names = names(numbers);
        self.move_to(&names.iter().map(String::as_str).collect::<Vec<_>>(), place).await
    }
}

on_both_engines! {
    async fn todos_are_moved_to_a_place_in_the_order_of_the_request(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let inbox = ann.projects().await.remove(0).id;
        ann.add_titled(&["1", "2", "3", "4", "5"]).await;
        for (numbers, place, expected) in [
            (&[5][..], Place::Before("2".into()), [1, 5, 2, 3, 4]),
            (&[1], Place::After("3".into()), [5, 2, 3, 1, 4]),
            (&[4], Place::FirstIn(inbox.clone()), [4, 5, 2, 3, 1]),
            (&[5], Place::LastIn(inbox.clone()), [4, 2, 3, 1, 5]),
            (&[5, 4, 3], Place::Before("2".into()), [5, 4, 3, 2, 1]),
            (&[1, 5], Place::LastIn(inbox.clone()), [4, 3, 2, 1, 5]),
            (&[2, 1], Place::FirstIn(inbox.clone()), [2, 1, 4, 3, 5]),
            (&[3, 2, 5, 1], Place::After("4".into()), [4, 3, 2, 5, 1]),
        ] {
            let moved = ann.move_numbers(numbers, place.clone()).await.unwrap();
            assert_eq!(moved.results.iter().map(|result| result.number).collect::<Vec<_>>(), numbers);
            assert_eq!(order(&ann, 5, &inbox).await, expected, "{numbers:?} {place:?}");
            let before = ann.state(&test_db).await.0;
            let again = ann.move_numbers(numbers, place).await.unwrap();
            assert_eq!((again.unchanged_ids.len(), &*again.operation_id), (numbers.len(), ""), "they are there");
            assert_eq!(again.todos, moved.todos);
            assert!(ann.state(&test_db).await.0.revision > before.revision, "recorded as asked for all the same");
        }
        ann.add("6").await;
        assert_eq!(order(&ann, 6, &inbox).await, [4, 3, 2, 5, 1, 6], "a new one comes last");
        assert_sound(&test_db).await;
    }

    async fn places_that_are_none_are_refused(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let bob = Person::new(&test_db, &ChangeFeed::default(), "bob").await;
        let foreign = bob.add("Bob's").await;
        let (home, gone) = (ann.project("Home").await, ann.project("Gone").await);
        ann.delete_project(&gone.id).await.unwrap();
        ann.add_titled(&["1", "2", "3"]).await;
        ann.delete(&["3"]).await.unwrap();
        let before = ann.state(&test_db).await;
        for place in [
            Place::Before("1".into()),
            Place::After("1".into()),
            Place::Before("3".into()),
            Place::After("4".into()),
            Place::After(new_id()),
            Place::Before(foreign.id.clone()),
            Place::FirstIn(gone.id.clone()),
            Place::LastIn(new_id()),
            Place::LastIn(foreign.project_id.clone()),
            Place::LastIn("1".into()),
        ] {
            let refused = ann.move_to(&["2", "1"], place.clone()).await;
            assert_eq!(code(refused), Code::InvalidArgument, "{place:?}");
        }
        assert_eq!(code(ann.move_to(&["3"], Place::LastIn(home.id.clone())).await), Code::NotFound, "in the trash");
        let nowhere = v1::MoveTodosRequest { ids: strings(&["1"]), ..Default::default() };
        assert_eq!(code(ann.service.move_todos(ann.request(nowhere)).await), Code::InvalidArgument);
        let trial = v1::MoveTodosRequest {
            ids: strings(&["1"]),
            place: Some(Place::LastIn(home.id.clone())),
            validate_only: true,
            ..Default::default()
        };
        let tried = ann.service.move_todos(ann.request(trial)).await.unwrap().into_inner();
        assert_eq!((tried.results[0].unchanged, &*tried.operation_id), (false, ""));
        assert_eq!(ann.state(&test_db).await, before);
    }

    async fn todos_are_moved_to_another_project_and_back_by_undo(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let (inbox, home) = (ann.projects().await.remove(0).id, ann.project("Home").await);
        ann.add_titled(&["1", "2", "3", "4"]).await;
        ann.move_numbers(&[3], Place::LastIn(home.id.clone())).await.unwrap();
        ann.move_numbers(&[1], Place::Before("3".into())).await.unwrap();
        ann.move_numbers(&[4], Place::After("3".into())).await.unwrap();
        assert_eq!(order(&ann, 4, &home.id).await, [1, 3, 4]);
        assert_eq!(order(&ann, 4, &inbox).await, [2]);
        let before = ann.get_all(&["1", "2", "3", "4"]).await.unwrap();
        let moved = ann.move_numbers(&[4, 3, 1], Place::FirstIn(inbox.clone())).await.unwrap();
        assert_eq!(order(&ann, 4, &inbox).await, [4, 3, 1, 2]);
        let undone = ann.undo(&moved.operation_id).await.unwrap();
        for todo in &undone.todos {
            let was = before.iter().find(|was| was.id == todo.id).unwrap();
            assert_eq!((&todo.position, &todo.project_id), (&was.position, &was.project_id));
        }
        assert_eq!(order(&ann, 4, &home.id).await, [1, 3, 4]);
        ann.redo().await.unwrap();
        assert_eq!(order(&ann, 4, &inbox).await, [4, 3, 1, 2]);
        ann.move_numbers(&[3], Place::FirstIn(inbox)).await.unwrap();
        assert_eq!(code(ann.undo(&moved.operation_id).await), Code::Aborted, "undone once, and redone");
        assert_sound(&test_db).await;
    }

    async fn todos_of_one_place_have_others_put_between_them(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let inbox = ann.projects().await.remove(0).id;
        ann.add_titled(&["1", "2", "3", "4", "5"]).await;
        // 3 is done and nobody's neighbor, so that 4 is given its place.
        ann.move_numbers(&[3], Place::After("1".into())).await.unwrap();
        ann.complete(&["3"]).await.unwrap();
        ann.move_numbers(&[4], Place::After("1".into())).await.unwrap();
        ann.reopen(&["3"]).await.unwrap();
        let [three, four] = [ann.get("3").await.unwrap(), ann.get("4").await.unwrap()];
        assert_eq!(three.position, four.position, "the case that this is about");
        let moved = ann.move_numbers(&[5], Place::After("3".into())).await.unwrap();
        assert_eq!(order(&ann, 5, &inbox).await, [1, 3, 5, 4, 2]);
        assert_eq!(moved.results.len(), 1, "who makes room is not in the answer");
        ann.undo(&moved.operation_id).await.unwrap();
        assert_eq!(order(&ann, 5, &inbox).await, [1, 3, 4, 2, 5]);
        ann.move_numbers(&[5, 2], Place::Before("4".into())).await.unwrap();
        assert_eq!(order(&ann, 5, &inbox).await, [1, 3, 5, 2, 4]);
        assert_sound(&test_db).await;
    }

    async fn thousands_of_moves_between_two_todos_find_room(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let inbox = ann.projects().await.remove(0).id;
        ann.add_titled(&["1", "2", "3", "4", "5", "6"]).await;
        let mut model = vec![1, 3, 4, 5, 6, 2];
        ann.move_numbers(&[2], Place::LastIn(inbox.clone())).await.unwrap();
        for turn in 0..2_000 {
            let number = [3, 4, 5, 6][turn % 4];
            model.retain(|other| *other != number);
            model.insert(1, number);
            ann.move_numbers(&[number], Place::After("1".into())).await.unwrap();
            if turn % 100 < 4 {
                assert_eq!(order(&ann, 6, &inbox).await, model, "{turn}");
            }
        }
        assert_eq!(order(&ann, 6, &inbox).await, model);
        assert_sound(&test_db).await;
    }

    async fn a_thousand_todos_are_moved_where_there_is_no_room(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let inbox = ann.projects().await.remove(0).id;
        ann.add_all((0..1_000).map(|n| new_todo(titled(&n.to_string()))).collect()).await.unwrap();
        ann.add_all((0..210).map(|n| new_todo(titled(&n.to_string()))).collect()).await.unwrap();
        // 150 times into the same place, each time into a half of the room before.
        for number in 1_001..=1_150 {
            ann.move_numbers(&[number], Place::After("1000".into())).await.unwrap();
        }
        let numbers: Vec<_> = (1..1_000).collect();
        let moved = ann.move_numbers(&numbers, Place::After("1150".into())).await.unwrap();
        assert_eq!(moved.results.len(), 999);
        let expected: Vec<_> =
            [1_000, 1_150].into_iter().chain(1..1_000).chain((1_001..1_150).rev()).chain(1_151..=1_210).collect();
        let now = [order_of(&ann, 1..=605, &inbox).await, order_of(&ann, 606..=1_210, &inbox).await];
        let mut places = now.concat();
        places.sort();
        assert_eq!(places.into_iter().map(|(_, number)| number).collect::<Vec<_>>(), expected);
        ann.undo(&moved.operation_id).await.unwrap();
        assert_sound(&test_db).await;
    }

    async fn random_moves_do_as_a_list_does(test_db: TestDb) {
        let ann = Person::ann(&test_db).await;
        let inbox = ann.projects().await.remove(0).id;
        let home = ann.project("Home").await.id;
        ann.add_titled(&["a"; 20]).await;
        let mut model = [(1..=20).collect::<Vec<i32>>(), Vec::new()];
        let mut random = Random::new(7);
        for turn in 0..300 {
            let mut numbers: Vec<i32> = (0..=random.below(4)).map(|_| random.number(20)).collect();
            let mut seen = std::collections::HashSet::new();
            numbers.retain(|number| seen.insert(*number));
            let anchor = random.number(20);
            let to_home = random.below(3) == 0;
            let project = usize::from(to_home);
            let name = || if to_home { home.clone() } else { inbox.clone() };
            let place = match random.below(4) {
                0 => Place::Before(anchor.to_string()),
                1 => Place::After(anchor.to_string()),
                2 => Place::FirstIn(name()),
                _ => Place::LastIn(name()),
            };
            let is_next_to = matches!(place, Place::Before(_) | Place::After(_));
            let moved = ann.move_numbers(&numbers, place.clone()).await;
            if is_next_to && numbers.contains(&anchor) {
                assert_eq!(code(moved), Code::InvalidArgument);
                continue;
            }
            moved.unwrap();
            for list in &mut model {
                list.retain(|number| !numbers.contains(number));
            }
            let holds = |list: &Vec<i32>| list.iter().position(|number| *number == anchor);
            let (list, at) = match place {
                Place::FirstIn(_) => (project, 0),
                Place::LastIn(_) => (project, model[project].len()),
                Place::Before(_) | Place::After(_) => {
                    let list = usize::from(holds(&model[1]).is_some());
                    (list, holds(&model[list]).unwrap() + usize::from(matches!(place, Place::After(_))))
                }
            };
            model[list].splice(at..at, numbers.iter().copied());
            if turn % 5 == 0 {
                assert_eq!([order(&ann, 20, &inbox).await, order(&ann, 20, &home).await], model, "{turn} {place:?}");
            }
        }
        assert_sound(&test_db).await;
    }
}

/// The places of these todos, as far as they are in the project.
async fn order_of(
    ann: &Person,
    numbers: std::ops::RangeInclusive<i32>,
    project_id: &str,
) -> Vec<(String, i32)> {
    let names = names(&numbers.collect::<Vec<_>>());
    let mut todos = ann.get_all(&names.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
    todos.retain(|todo| todo.project_id == project_id);
    todos.into_iter().map(|todo| (todo.position, todo.number)).collect()
}
