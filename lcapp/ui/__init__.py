"""The Streamlit app, the only room that knows Streamlit.

`session.opening` is what the server does when it starts, `pages.main` what each session runs. A
page is a value that `pages.frame` draws: it reads the state, draws widgets, calls one verb and
hands the result to a view. `session` holds what is looked at and its address (`state`), what works
in threads (`work`: `tasks` and their kinds), what is kept (`cache`, `results`), which folders are
opened (`roots`), which two runs are compared (`pair`) and who reads in which language (`reader`);
`parts` are parts of pages, by page, first the choice of a scene and of a model (`choice`), and the
way of others' words onto a page (`plain`); `components` are those that are written in JavaScript.
"""
